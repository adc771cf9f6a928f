GRANT EXECUTE ON PROCEDURE register TO 'tallystick-register'@'localhost';
