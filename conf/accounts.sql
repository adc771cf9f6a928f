-- The database and its accounts, for the server's administrator, once:
--   mariadb < accounts.sql
-- Put a password of its own in place of each change-me, here and in
-- database.cnf. The operator's account owns tables and procedures; the others
-- get, by 'tallystick migrate', EXECUTE on their own procedures and nothing
-- else.

CREATE DATABASE IF NOT EXISTS tallystick
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE USER IF NOT EXISTS
  'tallystick'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-register'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-connect'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-instruct'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-report'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-pair'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-status'@'localhost' IDENTIFIED BY 'change-me',
  'tallystick-deliver'@'localhost' IDENTIFIED BY 'change-me';

GRANT ALL ON tallystick.* TO 'tallystick'@'localhost' WITH GRANT OPTION;
