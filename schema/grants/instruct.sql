GRANT EXECUTE ON PROCEDURE instruct TO 'tallystick-instruct'@'localhost';
