GRANT EXECUTE ON PROCEDURE connect TO 'tallystick-connect'@'localhost';
